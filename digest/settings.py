"""Every setting, read from the environment once. The names are listed in docs/settings.md."""

import hashlib
import os
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import StrictUndefined

from digest.kit import connection_budget, env

LIBRARY_DIR = Path(__file__).resolve().parent
TEMPLATES_DIR = LIBRARY_DIR / "templates"

# The installation
DIGEST_HOME = env.home()
DIGEST_PRODUCTION = env.flag("DIGEST_PRODUCTION")
DIGEST_SECRET_GIVEN = bool(env.text("DIGEST_SECRET_KEY"))
SECRET_KEY = env.kept_secret("DIGEST_SECRET_KEY", DIGEST_HOME, write=not DIGEST_PRODUCTION)
DEBUG = env.flag("DIGEST_DEBUG")
DIGEST_BASE_URL = env.text("DIGEST_BASE_URL", "http://127.0.0.1:8000").rstrip("/")
ALLOWED_HOSTS = [
    *env.words("DIGEST_HOSTS", "127.0.0.1,localhost,[::1]"),
    urlsplit(DIGEST_BASE_URL).hostname or "localhost",
]
CSRF_TRUSTED_ORIGINS = [DIGEST_BASE_URL]
# Proxies of ours in front of the web service: so many addresses of X-Forwarded-For are believed.
DIGEST_PROXIES = env.number("DIGEST_PROXIES", 1 if DIGEST_PRODUCTION else 0)
DIGEST_RELEASE = env.text("DIGEST_RELEASE", "0.1.0")
DIGEST_ENVIRONMENT = env.text(
    "DIGEST_ENVIRONMENT", "production" if DIGEST_PRODUCTION else "development"
)

# The newsroom, as its readers see it
DIGEST_NEWSROOM = env.text("DIGEST_NEWSROOM", "The Meridian")
DIGEST_LANGUAGE = env.text("DIGEST_LANGUAGE")
DIGEST_CROSS_LANGUAGES = env.flag("DIGEST_CROSS_LANGUAGES", True)
# package.module:factory, or none; what it must offer stands in newsdesk/stories/languages/embedder.
DIGEST_EMBEDDER = env.text("DIGEST_EMBEDDER")
DIGEST_EMBEDDER_MODEL = env.text("DIGEST_EMBEDDER_MODEL")
DIGEST_EMBEDDER_ALIKE = env.share("DIGEST_EMBEDDER_ALIKE", 0.8)
DIGEST_POSTAL_ADDRESS = env.text("DIGEST_POSTAL_ADDRESS", "1 Example Street, Singapore")
DIGEST_FROM_EMAIL = env.text("DIGEST_FROM_EMAIL", "news@meridian.example")
# Where a reader's answer goes.
DIGEST_REPLY_TO = env.text("DIGEST_REPLY_TO", DIGEST_FROM_EMAIL)
# How mails look; outbound/messages/theme says what it may say.
DIGEST_THEME = env.text("DIGEST_THEME")
DIGEST_WELCOME = env.flag("DIGEST_WELCOME", True)
DIGEST_MOST_MAILS_A_DAY = env.number("DIGEST_MOST_MAILS_A_DAY", 3)
# 0: nobody is asked whether they still want it.
DIGEST_QUIET_MONTHS = env.number("DIGEST_QUIET_MONTHS", 0)
DIGEST_QUIET_WEEKS = env.number("DIGEST_QUIET_WEEKS", 4)
DIGEST_QUIET_THEN = env.text("DIGEST_QUIET_THEN", "pause")
DIGEST_LIST_DOMAIN = env.text("DIGEST_LIST_DOMAIN", DIGEST_FROM_EMAIL.rpartition("@")[2])
DIGEST_CHANNELS = env.words("DIGEST_CHANNELS", "email,whatsapp")

# Intake
DIGEST_ALLOW_PRIVATE_FETCH = env.flag("DIGEST_ALLOW_PRIVATE_FETCH")
DIGEST_WEBSUB_HUB = env.text("DIGEST_WEBSUB_HUB", "")
DIGEST_USER_AGENT = env.text(
    "DIGEST_USER_AGENT", f"Digest/{DIGEST_RELEASE} (+{DIGEST_BASE_URL}/about-our-reader)"
)
DIGEST_FETCH_TIMEOUT = env.seconds("DIGEST_FETCH_TIMEOUT", 20)
# Empty: 2, or no limit where private addresses are read.
DIGEST_FETCH_PER_HOST = env.text("DIGEST_FETCH_PER_HOST") and env.number("DIGEST_FETCH_PER_HOST", 2)
DIGEST_FAST_READER = env.flag("DIGEST_FAST_READER", True)

# Outbound. What one channel alone needs is declared in its folder: outbound/channels/*/spec.
# Messages a second and connections, shared by all workers; read in delivery/core/limits.
DIGEST_PACE = env.words("DIGEST_PACE")
DIGEST_WARM_UP = env.text("DIGEST_WARM_UP")
DIGEST_COMMAND_TIMEOUT = env.seconds("DIGEST_COMMAND_TIMEOUT", 30)
DIGEST_ANSWER_TIMEOUT = env.seconds("DIGEST_ANSWER_TIMEOUT", 600)
DIGEST_LEASE = env.seconds("DIGEST_LEASE", 30)
# Outside production only these are ever contacted: whole addresses, @domains, or * for all.
DIGEST_ALLOWED_RECIPIENTS = env.words("DIGEST_ALLOWED_RECIPIENTS")
# A running send that passes one of these shares pauses itself.
DIGEST_MOST_BOUNCES = env.share("DIGEST_MOST_BOUNCES", 0.1)
DIGEST_MOST_COMPLAINTS = env.share("DIGEST_MOST_COMPLAINTS", 0.003)
DIGEST_MOST_REFUSALS = env.share("DIGEST_MOST_REFUSALS", 0.5)
DIGEST_KEEP_LEDGER = timedelta(days=env.number("DIGEST_KEEP_LEDGER", 400))
DIGEST_COUNT_CLICKS = env.flag("DIGEST_COUNT_CLICKS", False)
DIGEST_COUNT_NETWORKS = env.text("DIGEST_COUNT_NETWORKS")
DIGEST_METRICS_TOKEN = env.text("DIGEST_METRICS_TOKEN")
DIGEST_CANARY_EVERY = env.seconds("DIGEST_CANARY_EVERY", 0)
DIGEST_SEEDS = env.words("DIGEST_SEEDS")
DIGEST_WAKER = env.text("DIGEST_WAKER", "workers.wake.wake")
# What comes back: bounces by mail
DIGEST_RETURNS_BIND = env.text("DIGEST_RETURNS_BIND")
DIGEST_RETURNS_MAILDIR = env.text("DIGEST_RETURNS_MAILDIR")
DIGEST_RETURNS_IMAP_URL = env.text("DIGEST_RETURNS_IMAP_URL")
DIGEST_COMPLAINTS_ADDRESS = env.text("DIGEST_COMPLAINTS_ADDRESS")
DIGEST_REPORTS_ADDRESS = env.text("DIGEST_REPORTS_ADDRESS")
DIGEST_SOFT_BOUNCES = env.number("DIGEST_SOFT_BOUNCES", 5)

# Parts
DATABASE_URL = env.text("DATABASE_URL")
REDIS_URL = env.text("REDIS_URL", "redis://127.0.0.1:6379/0")
SENTRY_DSN = env.text("SENTRY_DSN")
# The pool's size is the process's row in kit/connection_budget; who starts it says which it is.
_PROCESS = os.environ.get("DIGEST_PROCESS", "")
_CONNECTIONS = env.database(
    DATABASE_URL, connection_budget.pool(_PROCESS), connection_budget.limits(_PROCESS)
)
DATABASES = {"default": _CONNECTIONS | {"CONN_HEALTH_CHECKS": True}}

# Codes of a second factor that were used are void in every process.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "digest",
        "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 1},
    }
}

INSTALLED_APPS = [
    "digest.admin.config.OperatorsAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "digest",
]
AUTH_USER_MODEL = "digest.Member"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "digest.web.headers.SecurityHeaders",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "digest.web.readable.Readable",
    "digest.web.in_time.passwords_in_time",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
ROOT_URLCONF = "digest.urls"
ASGI_APPLICATION = "digest.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [TEMPLATES_DIR / "web"],
        "OPTIONS": {
            "environment": "digest.web.environment.environment",
            "undefined": StrictUndefined,
            "context_processors": ["digest.web.environment.newsroom"],
        },
    },
    {
        # The admin's own pages.
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    },
]
STATIC_URL = "/static/"
STATIC_ROOT = DIGEST_HOME / "static"
STATICFILES_DIRS = [("digest", LIBRARY_DIR / "web" / "static")]
WHITENOISE_USE_FINDERS = True

PASSWORD_HASHERS = [
    "digest.staff.hashing.GivingWayHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
CSRF_FAILURE_VIEW = "digest.web.public.errors.forged"
# The least role that must sign in with a second factor; empty: it is each member's choice.
DIGEST_SECOND_FACTOR = env.text("DIGEST_SECOND_FACTOR")
# The newsroom's own provider (OpenID Connect), by which members sign in, too; empty: none.
DIGEST_OIDC_ISSUER = env.text("DIGEST_OIDC_ISSUER")
DIGEST_OIDC_CLIENT_ID = env.text("DIGEST_OIDC_CLIENT_ID")
DIGEST_OIDC_CLIENT_SECRET = env.text("DIGEST_OIDC_CLIENT_SECRET")
DIGEST_OIDC_NAME = env.text("DIGEST_OIDC_NAME", "single sign-on")
DIGEST_OIDC_SECOND_FACTOR = env.words("DIGEST_OIDC_SECOND_FACTOR")
DIGEST_OIDC_NEW_MEMBERS = env.text("DIGEST_OIDC_NEW_MEMBERS")
DIGEST_OIDC_DOMAINS = [each.lower() for each in env.words("DIGEST_OIDC_DOMAINS")]
# The door, its limiter and who may come are ours (web/desk); allauth does the second factor.
ACCOUNT_ADAPTER = "digest.web.desk.second.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_RATE_LIMITS = MFA_RATE_LIMITS = False
ACCOUNT_REAUTHENTICATION_METHODS = ["password"]
MFA_ADAPTER = "digest.web.desk.second.adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
# Browsers allow keys over plain HTTP on this machine alone.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not DIGEST_BASE_URL.startswith("https://")
LOGIN_URL = "desk:sign-in"
LOGIN_REDIRECT_URL = "desk:wire"
# Two installations on one host must not sign each other's editors out.
SESSION_COOKIE_NAME = f"digest_{hashlib.sha256(str(DIGEST_HOME).encode()).hexdigest()[:6]}"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = DIGEST_BASE_URL.startswith("https://")
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
# Believed where a proxy of ours writes it; else a visitor could.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if DIGEST_PROXIES else None
# Here too, not in the proxy alone: another proxy, or none, must not lose it (RFC 6797).
SECURE_HSTS_SECONDS = 31_536_000 if DIGEST_PRODUCTION and SESSION_COOKIE_SECURE else 0
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = "en"

LOGGING_CONFIG = None
DEFAULT_EXCEPTION_REPORTER = "digest.web.debug_page.BlottingReporter"

# A test run gets a database of its own, so that several may go on at once.
DATABASES["default"]["TEST"] = {"NAME": f"test_digest_{os.getpid()}"}
