"""Settings of the small site."""

SECRET_KEY = "lifecycle"
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "tests.lifecycle.site"
USE_TZ = True
