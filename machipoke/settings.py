"""One settings file for every deployment; only environment variables differ (README has the table)."""

from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _
from huey.serializer import SignedSerializer
from whitenoise.compress import Compressor

from machipoke import env
from machipoke.caching import cache_settings, location
from machipoke.data_dir import kept_secret_key, make_data_dir, runtime_dir
from machipoke.stores import object_storages, postgres

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.text("DATA_DIR", str(BASE_DIR / "data"))).absolute()


make_data_dir(DATA_DIR)
SECRET_KEY = env.text("SECRET_KEY") or kept_secret_key(DATA_DIR)
DEBUG = env.boolean("DEBUG", False)
SITE_URL = env.url("SITE_URL", "http://127.0.0.1:8000", ("http", "https"))
HTTPS = SITE_URL.startswith("https://")
_SITE_HOST = urlsplit(SITE_URL).hostname or "127.0.0.1"
ALLOWED_HOSTS = env.names("ALLOWED_HOSTS") or list(dict.fromkeys([_SITE_HOST, "127.0.0.1", "localhost", "[::1]"]))
CSRF_TRUSTED_ORIGINS = [SITE_URL]
TRUSTED_PROXIES = env.integer("TRUSTED_PROXIES", 0, 0, 10)
TIME_ZONE = env.time_zone("TIME_ZONE", "Asia/Tokyo")
LOG_LEVEL = env.choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR"))
WEB_WORKERS = env.integer("WEB_WORKERS", 2, 1, 64)
WEB_THREADS = env.integer("WEB_THREADS", 4, 1, 64)
METRICS_TOKEN = env.text("METRICS_TOKEN")
MEDIA_HOST = env.url("MEDIA_HOST", "", ("http", "https"))
MAP_TILE_URL = env.url("MAP_TILE_URL", "", ("http", "https"))
MAP_ATTRIBUTION = env.text("MAP_ATTRIBUTION")
BACKUP_KEEP_DAILY = env.integer("BACKUP_KEEP_DAILY", 7, 1, 366)
BACKUP_KEEP_WEEKLY = env.integer("BACKUP_KEEP_WEEKLY", 4, 0, 520)
BACKUP_KEEP_MONTHLY = env.integer("BACKUP_KEEP_MONTHLY", 12, 0, 240)
DELETION_GRACE_DAYS = env.integer("DELETION_GRACE_DAYS", 7, 1, 365)

INSTALLED_APPS = [
    "machipoke",
    "spots",
    "accounts",
    "media_store",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "accounts.apps.DevicesConfig",  # allauth.usersessions
    "knox",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "huey.contrib.djhuey",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.sitemaps",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "machipoke.middleware.RequestFrame",
    "csp.middleware.CSPMiddleware",
    "media_store.delivery.middleware.PicturesOverTls",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "machipoke.middleware.ClientAddress",
    "media_store.delivery.middleware.Pictures",
    "machipoke.middleware.PublicOrPrivate",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "machipoke.sessions.LastSeen",
    "machipoke.middleware.PathLanguage",
    "machipoke.ratelimits.RateLimits",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "machipoke.middleware.Viewer",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "machipoke.urls"
WSGI_APPLICATION = "machipoke.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [DATA_DIR / "templates", BASE_DIR / "templates"],  # operators replace texts by files of their own
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "machipoke.pages.site",
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "builtins": ["machipoke.templatetags.pages", "media_store.templatetags.pictures"],
        },
    }
]

# --- relational store -------------------------------------------------------------------------------------------
DATABASE_URL = env.url("DATABASE_URL", "", ("postgres", "postgresql"))


DATABASES = {
    "default": postgres(DATABASE_URL)
    if DATABASE_URL
    else {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": DATA_DIR / "db.sqlite3",
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            # Measured with 64 writers: Django's defaults answer 40-60 % of them "database is locked", this none.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            # secure_delete: whoever leaves is gone from the file too. No cost was measurable (6,000 small writes and
            # 10,000 deletions, with and without: 0.61-0.63 s of CPU each).
            "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA journal_size_limit=67108864;"
            "PRAGMA secure_delete=ON",
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- key/value store --------------------------------------------------------------------------------------------
REDIS_URL = env.url("REDIS_URL", "", ("redis", "rediss", "unix"))


RUNTIME_DIR = runtime_dir(DATA_DIR)
VALKEY_SOCKET = RUNTIME_DIR / "valkey.sock"
KEY_VALUE_URL = REDIS_URL or f"unix://{VALKEY_SOCKET}"
CACHES = cache_settings(KEY_VALUE_URL)
SESSION_ENGINE = "machipoke.sessions"
SESSION_CACHE_ALIAS = "sessions"
SESSION_COOKIE_AGE = 24 * 3600
ACCOUNT_SESSION_COOKIE_AGE = 30 * 24 * 3600  # "keep me signed in"; without it the browser forgets at its end
RATELIMIT_USE_CACHE = "limits"

# --- object store -----------------------------------------------------------------------------------------------
S3_ENDPOINT_URL = env.url("S3_ENDPOINT_URL", "", ("http", "https"))
S3_REGION = env.text("S3_REGION", "auto")
S3_ACCESS_KEY_ID = env.text("S3_ACCESS_KEY_ID")
S3_SECRET_ACCESS_KEY = env.text("S3_SECRET_ACCESS_KEY")
S3_BUCKET = env.text("S3_BUCKET")
S3_BACKUP_BUCKET = env.text("S3_BACKUP_BUCKET")
# Originals are never in the bucket of the photos, which an operator may have opened to a CDN.
S3_PRIVATE_BUCKET = env.text("S3_PRIVATE_BUCKET", S3_BACKUP_BUCKET)
MEDIA_STORE = env.choice("MEDIA_STORE", "s3" if S3_BUCKET else "folder", ("folder", "s3"))
VARIANT_CACHE_MB = env.integer("VARIANT_CACHE_MB", 2048, 10, 10_000_000)
S3_KEEP_VARIANTS = env.boolean("S3_KEEP_VARIANTS", False)
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
# Only the wheel's Leaflet files: as an installed app its admin asks for GDAL.
_LEAFLET = find_spec("leaflet")
STATICFILES_DIRS = [("leaflet", Path(_LEAFLET.origin or "").parent / "static" / "leaflet")] if _LEAFLET else []


_BUCKETS = {"media": S3_BUCKET, "private": S3_PRIVATE_BUCKET, "backups": S3_BACKUP_BUCKET}
_OBJECTS = object_storages(
    DATA_DIR,
    _BUCKETS,
    endpoint=S3_ENDPOINT_URL,
    region=S3_REGION,
    key_id=S3_ACCESS_KEY_ID,
    secret=S3_SECRET_ACCESS_KEY,
)
OBJECT_PLACES = {name: MEDIA_STORE if bucket else "folder" for name, bucket in _BUCKETS.items()}
STORAGES = {
    **_OBJECTS,
    "default": _OBJECTS[f"media_{OBJECT_PLACES['media']}"],
    "staticfiles": {"BACKEND": "machipoke.staticfiles.ModuleManifestStorage"},
}
STATICFILES_KEPT = not DEBUG
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_USE_FINDERS = DEBUG
# Source maps are for developers alone, and compressing them was half of the first start (18 s -> 9 s).
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map")

# --- jobs -------------------------------------------------------------------------------------------------------
HUEY = {
    "name": "machipoke",
    "immediate": False,
    "huey_class": "huey.RedisHuey" if REDIS_URL else "huey.SqliteHuey",
    "connection": {"url": location(REDIS_URL, "jobs")} if REDIS_URL else {"filename": str(DATA_DIR / "jobs.sqlite3")},
    # Jobs are pickled: unsigned, whoever writes to that store would run what they like in our process.
    "serializer": SignedSerializer(SECRET_KEY),
    # SIGTERM lets a running task end (huey's own choice is SIGINT), but not past the patience of `up`. An idle queue is
    # looked at each second: huey's 10 s would leave a new photo without its sizes that long.
    "consumer": {"workers": 2, "graceful_signal": "TERM", "shutdown_timeout": 25.0, "max_delay": 1.0},
}

# --- people -----------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.Backend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "accounts.passwords.LengthValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "display_name", "email")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "accounts.passwords.CommonValidator"},
    {"NAME": "accounts.passwords.SiteWordValidator"},
]
PASSWORD_HASHERS = ["accounts.passwords.Hasher"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "signup": "accounts.forms.SignupForm",
    "add_email": "accounts.forms.AddressForm",
    "change_password": "accounts.forms.PasswordForm",
    "reauthenticate": "accounts.forms.AgainForm",
    "reset_password": "accounts.forms.ForgottenForm",
    "reset_password_from_key": "accounts.forms.NewPasswordForm",
    "confirm_password_reset_code": "accounts.forms.ResetCodeForm",
    "confirm_email_verification_code": "accounts.forms.AddressCodeForm",
}
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
ACCOUNT_LOGOUT_REDIRECT_URL = "home"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_PRESERVE_USERNAME_CASING = True
ACCOUNT_USER_DISPLAY = "accounts.models.display_name"
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_FORMAT = {"numeric": True, "dashed": False, "length": 6}
# A code that opens an account is longer than one that proves an address: at 5 letters an hour and 3 tries each, six
# digits would be guessed in some years.
ACCOUNT_PASSWORD_RESET_BY_CODE_CODE_FORMAT = {"numeric": True, "dashed": True, "length": 8}
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
ACCOUNT_CHANGE_EMAIL = True  # one address a person: a new one takes the old one's place once its code was typed
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_RATE_LIMITS = {
    **dict.fromkeys(("login", "signup", "reset_password")),  # machipoke.ratelimits counts them
    "login_failed": "5/5m/key",  # codes of a second factor alone
    "confirm_email": "1/10s/key,6/h/key",  # letters that prove a new address of an account
}
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
MFA_ADAPTER = "accounts.second_factor.SecondFactorAdapter"
MFA_FORMS = {
    "activate_totp": "accounts.forms.ActivateForm",
    "authenticate": "accounts.forms.FactorForm",
    "reauthenticate": "accounts.forms.AgainByFactorForm",
    "add_webauthn": "accounts.passkey_forms.PasskeyForm",
    "authenticate_webauthn": "accounts.passkey_forms.PasskeyFactorForm",
    "login_webauthn": "accounts.passkey_forms.PasskeyLoginForm",
    "reauthenticate_webauthn": "accounts.passkey_forms.PasskeyAgainForm",
    "edit_webauthn": "accounts.passkey_forms.PasskeyNameForm",
}
# A browser makes keys for names, not for numbers like 127.0.0.1, and without https for localhost alone.
PASSKEYS = HTTPS or _SITE_HOST == "localhost"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", *(["webauthn"] if PASSKEYS else [])]
MFA_PASSKEY_LOGIN_ENABLED = PASSKEYS
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = PASSKEYS and not HTTPS
MFA_TOTP_ISSUER = "マチポケ"
MFA_TOTP_TOLERANCE = 1  # a phone whose clock is half a minute off
USERSESSIONS_TRACK_ACTIVITY = False  # it costs four queries a request; machipoke.sessions writes every five minutes
KNOX_TOKEN_MODEL = "accounts.ApiToken"  # noqa: S105 - a name
MIGRATION_MODULES = {"knox": None}  # its own table would stay empty beside ours, and bind people to it
REST_KNOX = {"TOKEN_PREFIX": "mp_"}  # by which scanners for secrets know our tokens
EMAIL_URL = env.url("EMAIL_URL", "", ("smtp", "smtps", "smtp+tls", "smtp+ssl"))
if EMAIL_URL:
    vars().update(environ.Env.email_url_config(EMAIL_URL))
else:
    EMAIL_BACKEND = "machipoke.mail_files.MailFolder"
    EMAIL_FILE_PATH = DATA_DIR / "mail"
EMAIL_TIMEOUT = 10  # a mail server that hangs holds no request longer
DEFAULT_FROM_EMAIL = f"マチポケ <noreply@{_SITE_HOST}>"
SERVER_EMAIL = f"noreply@{_SITE_HOST}"

# --- words ------------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "ja"
LANGUAGES = [("ja", _("日本語")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "machipoke" / "locale"]
USE_I18N = True
USE_TZ = True
FORMAT_MODULE_PATH = ["machipoke.formats"]

# --- security ---------------------------------------------------------------------------------------------------
COOKIE_PREFIX = "__Host-" if HTTPS else ""
MESSAGE_STORAGE = "machipoke.messages.HostCookieStorage"
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}sessionid"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrftoken"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "machipoke.pages.csrf_failure"
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_SSL_REDIRECT = HTTPS and TRUSTED_PROXIES > 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
X_FRAME_OPTIONS = "DENY"
SILENCED_SYSTEM_CHECKS = [
    "security.W002",  # frame-ancestors 'none' in the policy below is what X-Frame-Options would say
    *([] if HTTPS else ["security.W004", "security.W008", "security.W012", "security.W016"]),  # machipoke.W006 says it
]
_TILE_PARTS = urlsplit(MAP_TILE_URL.replace("{s}", "*"))
TILE_ORIGIN = f"{_TILE_PARTS.scheme}://{_TILE_PARTS.netloc}" if MAP_TILE_URL else ""
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", *filter(None, [TILE_ORIGIN, MEDIA_HOST])],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
DATA_UPLOAD_MAX_NUMBER_FILES = 20
FILE_UPLOAD_HANDLERS = ["media_store.upload_handlers.WholeForms"]

# --- API --------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticatedOrReadOnly"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["machipoke.rest.CappedJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "machipoke.openapi.ApiSchema",
    "DEFAULT_VERSIONING_CLASS": None,
    "EXCEPTION_HANDLER": "machipoke.rest.problem_handler",
    "URL_FORMAT_OVERRIDE": None,
    "COERCE_DECIMAL_TO_STRING": False,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "マチポケ API",
    "VERSION": "1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SERVE_INCLUDE_SCHEMA": False,
    "ENUM_NAME_OVERRIDES": {"PostedStateEnum": ["draft", "published"]},  # of a new spot, and of a changed one
}

# --- logs -------------------------------------------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {"calm": {"()": "machipoke.logs.Calm"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["calm"]}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        # With a handler of its own, or huey adds one and says everything twice.
        "huey": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
    },
}
