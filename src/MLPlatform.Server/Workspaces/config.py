"""The notebook server of a workspace: one socket that only this user may open, and one secret that the platform's proxy knows."""
import hmac
import json
import os

from notebook.auth.login import LoginHandler

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "session.json")) as _file:
    _session = json.load(_file)


class PlatformLogin(LoginHandler):
    """People log in to the platform. Its proxy, and nobody else, has the secret of this session; no page holds it."""

    @classmethod
    def _holds(cls, handler, header):
        return hmac.compare_digest(handler.request.headers.get(header, "").encode(), _session["secret"].encode())

    @classmethod
    def get_user(cls, handler):
        return "workspace" if cls._holds(handler, "X-Mlp-Session") else None

    @classmethod
    def is_token_authenticated(cls, handler):
        # Programs, which no page can make send this. Browsers prove with Jupyter's own cookie that the page is ours.
        return cls._holds(handler, "X-Mlp-Session") and cls._holds(handler, "X-Mlp-Direct")

    @classmethod
    def should_check_origin(cls, handler):
        return not cls.is_token_authenticated(handler)

    @classmethod
    def get_login_available(cls, settings):
        return True

    @classmethod
    def validate_security(cls, app, ssl_options=None):
        pass


c = get_config()  # noqa: F821
c.NotebookApp.login_handler_class = PlatformLogin
c.NotebookApp.token = ""
c.NotebookApp.password = ""
c.NotebookApp.authenticate_prometheus = True
c.NotebookApp.sock = _session["socket"]
c.NotebookApp.sock_mode = "0600"
c.NotebookApp.base_url = _session["address"]
c.NotebookApp.notebook_dir = _session["folder"]
c.NotebookApp.open_browser = False
c.NotebookApp.allow_root = True
c.NotebookApp.allow_remote_access = True
c.NotebookApp.terminals_enabled = True
c.NotebookApp.extra_static_paths = []
