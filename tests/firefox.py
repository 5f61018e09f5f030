#!/usr/bin/env python3
"""Debian's Firefox as Playwright starts it: with a display, and with what Playwright expects.

A headless Firefox has WebGL only beside an X server, so it gets one that nobody sees.

Playwright drives a Firefox that is not its own build by WebDriver BiDi, of which Firefox 153
lacks two things, so it is taught them before Playwright comes:

- the command ``emulation.setMediaFeaturesOverride``, by which Playwright tells each context
  whether its pages are light or dark: a Firefox that does not know it gets no page at all;
- an id of each download. What Firefox saves has an address of its own, which is as good.

And what they say to each other goes through here: of two short answers Firefox's system holds
the second back until the first is acknowledged, and Playwright's acknowledges none for 40 ms
unless it is told to. Most of what Playwright does is two questions.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from contextlib import contextmanager, suppress
from itertools import count
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAMS = ("firefox-esr", "Xvfb")
LESSON = """
(() => {
  const load = (path) => ChromeUtils.importESModule(`chrome://remote/content/${path}.sys.mjs`);
  const {emulation} = load('webdriver-bidi/modules/root/emulation');
  const {WebDriverBiDiConnection} = load('webdriver-bidi/WebDriverBiDiConnection');
  const {NavigableManager} = load('shared/NavigableManager');
  const {UserContextManager} = load('shared/UserContextManager');
  const schemes = new Map(); // by the number of a user context

  function show(context, scheme) {
    if (context === context.top) context.prefersColorSchemeOverride = scheme || 'none';
  }

  function listenToSchemes() {
    emulation.prototype.setMediaFeaturesOverride = async ({features, ...of}) => {
      const scheme = features['prefers-color-scheme'];
      for (const id of of.userContexts || []) {
        schemes.set(UserContextManager.getInternalIdById(id), scheme);
      }
      for (const id of of.contexts || []) {
        show(NavigableManager.getBrowsingContextById(id), scheme);
      }
    };
    Services.obs.addObserver((context) => {
      const {userContextId} = context.originAttributes;
      if (schemes.has(userContextId)) show(context, schemes.get(userContextId));
    }, 'browsing-context-attached');
  }

  function nameDownloads() {
    const {sendEvent} = WebDriverBiDiConnection.prototype;
    WebDriverBiDiConnection.prototype.sendEvent = function (method, told) {
      if (method.startsWith('browsingContext.download')) told.download ??= told.url;
      sendEvent.call(this, method, told);
    };
  }

  if (!('setMediaFeaturesOverride' in emulation.prototype)) listenToSchemes();
  nameDownloads();
})()
"""


@contextmanager
def display() -> Iterator[str]:
    """Run an X server without a screen; yield its name."""
    command = ["Xvfb", "-displayfd", "1", "-nolisten", "tcp"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            yield f":{server.stdout.readline().strip()}"
        finally:
            server.terminate()


def teach(address: str) -> None:
    """Give the Firefox that listens at an address what it lacks."""
    from websockets.sync.client import connect

    with connect(f"{address}/session", max_size=None) as session:
        numbers = count(1)

        def ask(method: str, **parameters) -> dict:
            number = next(numbers)
            session.send(json.dumps({"id": number, "method": method, "params": parameters}))
            while (told := json.loads(session.recv())).get("id") != number:
                pass
            if told["type"] == "error":
                raise RuntimeError(f"{method}: {told['message']}")
            return told["result"]

        ask("session.new", capabilities={})
        (window, *_) = ask("browsingContext.getTree", **{"moz:scope": "chrome"})["contexts"]
        target = {"context": window["context"]}
        answer = ask("script.evaluate", expression=LESSON, target=target, awaitPromise=True)
        if answer["type"] != "success":
            raise RuntimeError(answer["exceptionDetails"]["text"])
        ask("session.end")


def prompt(port: int) -> int:
    """Listen for one who wants to talk to that port; return the port where to do so."""
    server = socket.create_server(("127.0.0.1", 0))
    own = server.getsockname()[1]

    def serve() -> None:
        there, _ = server.accept()
        here = socket.create_connection(("127.0.0.1", port))
        for one in (here, there):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # Firefox wants to be called by its own number.
        here.sendall(there.recv(1 << 16).replace(b":%d" % own, b":%d" % port))
        Thread(target=pass_on, args=(here, there), daemon=True).start()
        pass_on(there, here)

    Thread(target=serve, daemon=True).start()
    return own


def pass_on(source: socket.socket, target: socket.socket) -> None:
    """Hand on what comes, until there is no more; that it has come is said at once."""
    with suppress(OSError):  # one of them has gone
        while data := source.recv(1 << 16):
            source.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)


def main(*arguments: str) -> int:
    """Run Firefox and say what it says; return its exit code."""
    command = ["firefox-esr", "--remote-allow-system-access", *arguments]
    streams = {"stderr": subprocess.PIPE, "text": True, "errors": "replace"}
    with (
        display() as name,
        subprocess.Popen(command, env={**os.environ, "DISPLAY": name}, **streams) as firefox,
    ):
        try:
            for line in firefox.stderr:
                if listens := re.search(r"WebDriver BiDi listening on (\S+:(\d+))", line):
                    teach(listens[1])
                    line = line.replace(listens[2], str(prompt(int(listens[2]))))
                sys.stderr.write(line)
                sys.stderr.flush()
        except BaseException:  # a lesson that failed would wait for Firefox forever
            firefox.kill()
            raise
    return firefox.returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
