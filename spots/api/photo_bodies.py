"""What a client may write of photos: types are checked here, every rule by the models."""

from __future__ import annotations

from machipoke.multipart import MOST_FILE_BYTES
from machipoke.payloads import Changes, File, Flag, FormFlag, Identifier, Place, Text
from spots.api.shapes import PhotoSerializer

_GALLERY = "同じスポットへ送った前の写真の gallery、または自分のスポットの id。なければサーバーが新しく作ります"
_CLIENT_ID = "自分で決める UUID。同じものでもう一度送っても二重になりません"


class PhotoSending(Changes):
    """A photo for a spot that is not there yet."""

    file = File(help_text="JPEG・PNG・WebP・GIF・AVIF、20 MBまで")
    gallery = Identifier(required=False, help_text=_GALLERY)
    client_id = Identifier(required=False, help_text=_CLIENT_ID)


class PresignedPost(Changes):
    """A photo that will be put straight to the bucket."""

    size_bytes = Place(min_value=1, max_value=MOST_FILE_BYTES, help_text="送るファイルの大きさ、20 MBまで")
    client_id = Identifier(required=False, help_text="complete/ の宛先になる UUID。なければサーバーが決めます")


class PresignedCompletion(Changes):
    """That it was put there."""

    gallery = Identifier(required=False, help_text=_GALLERY)


class PhotoPost(Changes):
    """A photo to be added to a spot."""

    file = File(help_text="JPEG・PNG・WebP・GIF・AVIF、20 MBまで")
    client_id = Identifier(required=False, help_text=_CLIENT_ID)
    caption = Text(required=False, help_text="300文字まで")
    alt = Text(required=False, help_text="写真を見られない人への説明。300文字まで")
    is_primary = FormFlag(required=False, help_text="表紙にする")


class PhotoChanges(Changes):
    """What may be changed of a photo."""

    read_only_members = frozenset(PhotoSerializer().fields)

    caption = Text(required=False, help_text="300文字まで")
    alt = Text(required=False, help_text="写真を見られない人への説明。300文字まで")
    is_primary = Flag(required=False, help_text="true で表紙に")
    position = Place(required=False, help_text="0 から数えた順番。終わりより先は終わり")
