"""What tests of pages rely on, in each browser: what it draws, shows and tells of a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser import opened

if TYPE_CHECKING:
    from pathlib import Path

# A triangle over the lower left half of a canvas, by the version of GLSL of each WebGL.
SHADERS = {
    "webgl": (
        "attribute vec2 at; void main() { gl_Position = vec4(at, 0, 1); }",
        "void main() { gl_FragColor = vec4(1, 0.5, 0, 1); }",
    ),
    "webgl2": (
        "#version 300 es\nin vec2 at; void main() { gl_Position = vec4(at, 0, 1); }",
        "#version 300 es\nprecision highp float; out vec4 colour;"
        " void main() { colour = vec4(1, 0.5, 0, 1); }",
    ),
}
DRAW = """([kind, shaders]) => {
  const gl = document.createElement('canvas').getContext(kind);
  const program = gl.createProgram();
  [gl.VERTEX_SHADER, gl.FRAGMENT_SHADER].forEach((type, k) => {
    const shader = gl.createShader(type);
    gl.shaderSource(shader, shaders[k]);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  });
  gl.bindAttribLocation(program, 0, 'at');
  gl.linkProgram(program);
  gl.useProgram(program);
  gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
  gl.bufferData(gl.ARRAY_BUFFER, new Float32Array([-1, -1, 1, -1, -1, 1]), gl.STATIC_DRAW);
  gl.enableVertexAttribArray(0);
  gl.vertexAttribPointer(0, 2, gl.FLOAT, false, 0, 0);
  gl.clearColor(0, 0, 1, 1);
  gl.clear(gl.COLOR_BUFFER_BIT);
  gl.drawArrays(gl.TRIANGLES, 0, 3);
  return [[20, 20], [280, 130]].map((at) => {
    const pixel = new Uint8Array(4);
    gl.readPixels(...at, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel);
    return [...pixel];
  });
}"""


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "page.html"
    path.write_text("<!DOCTYPE html><meta charset=utf-8><title>page</title>", "utf-8")
    return path


@pytest.mark.parametrize("kind", SHADERS)
def test_webgl_draws_what_can_be_read_back(browser, page, kind):
    with opened(browser, page) as (tab, _):
        inside, outside = tab.evaluate(DRAW, [kind, SHADERS[kind]])

    assert inside == pytest.approx([255, 127.5, 0, 255], abs=1)
    assert outside == [0, 0, 255, 255]


def test_a_page_is_light_or_dark_as_its_context_is_and_as_it_is_told(browser, page):
    is_dark = "matchMedia('(prefers-color-scheme: dark)').matches"
    for scheme, other in (("dark", "light"), ("light", "dark")):
        with opened(browser, page, color_scheme=scheme) as (tab, _):
            assert tab.evaluate(is_dark) == (scheme == "dark")
            tab.emulate_media(color_scheme=other)
            tab.wait_for_function(f"{is_dark} === {str(other == 'dark').lower()}")


def test_all_that_should_not_happen_is_told(browser, page):
    own = "data:text/css,"
    page.write_text(
        f"""<!DOCTYPE html><meta charset=utf-8><title>page</title>
        <link rel=stylesheet href='{own}'><link rel=stylesheet href='http://127.0.0.1:8099/a.css'>
        <script>
          console.error('said');
          alert('asked');
          setTimeout(() => {{ document.title = 'done'; throw new Error('thrown'); }});
        </script>"""
    )
    with opened(browser, page) as (tab, troubles):
        tab.wait_for_function("document.title === 'done'")
        settled = ["request: http://127.0.0.1:8099/a.css", "console: said", "dialog: asked"]
        assert {*settled, "error: thrown"} <= set(troubles)
        assert not any(own in trouble for trouble in troubles)


def test_what_a_policy_forbids_is_told_and_does_not_happen(browser, page):
    page.write_text(
        """<!DOCTYPE html><title>page</title>
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'">
        <script>document.title = 'ran';</script>"""
    )
    with opened(browser, page) as (tab, troubles):
        assert tab.title() == "page"
        assert "script" in " ".join(troubles)
