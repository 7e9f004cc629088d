"""The limits as a door that a request of the benchmark goes through or around, on one site and in one run."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from machipoke.ratelimits import RateLimits


class CountedIfAsked(RateLimits):
    """Counts by address only where the header `X-Counted` is."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if "HTTP_X_COUNTED" in request.META:
            return super().__call__(request)
        answer: HttpResponseBase = self.get_response(request)
        return answer
