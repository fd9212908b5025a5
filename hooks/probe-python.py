# SPDX-License-Identifier: Apache-2.0
"""probe-python.py urllib|requests|pip URL

One HTTPS request as that library, or as pip itself, makes it; `trustfix doctor` runs it.  Prints "version ...",
"reads ..." where the library has a bundle of its own, and "http STATUS"; else the error, and status 1.
"""
import os
import sys

how, url = sys.argv[1:3]


def tell_store(file, directory):
    """Where this OpenSSL looks, unless that is the system's store."""
    real = os.path.realpath(file if os.path.exists(file) else directory)
    if not real.startswith(("/etc/", "/var/lib/ca-certificates/")):
        print("reads", real)


def with_urllib():
    import platform
    import ssl
    import urllib.error
    import urllib.request

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_):
            return None

    print("version", platform.python_version(), flush=True)
    told = ssl.get_default_verify_paths()
    tell_store(told.openssl_cafile, told.openssl_capath)
    try:
        return urllib.request.build_opener(Stay).open(url).status
    except urllib.error.HTTPError as error:
        return error.code


def with_requests():
    import requests

    print("version", requests.__version__, flush=True)
    print("reads", requests.certs.where())
    return requests.get(url, allow_redirects=False, stream=True).status_code


def with_pip():
    import runpy

    import pip
    from pip._vendor import certifi

    print("version", pip.__version__)
    print("reads", certifi.where())
    sys.stdout.flush()
    # "index versions" looks a name up and downloads nothing.
    sys.argv = ["pip", "-vv", "--disable-pip-version-check", "--no-input", "--no-cache-dir", "--retries", "0",
                "index", "versions", "--index-url", url, "trustfix-doctor"]
    runpy.run_module("pip", run_name="__main__", alter_sys=True)


try:
    print("http", {"urllib": with_urllib, "requests": with_requests, "pip": with_pip}[how]())
except Exception as error:  # whatever it is, it is the answer
    print(f"{type(error).__name__}: {error}")
    sys.exit(1)
