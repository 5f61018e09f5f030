/* What all candidates get, and what is measured of them. */
(async () => {
  const sent = JSON.parse(document.getElementById('data').textContent);
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const floats = (text) => new Float32Array(bytes(text).buffer);
  const given = {...sent, x: floats(sent.x), y: floats(sent.y), colours: bytes(sent.colours)};
  given.rgb = new Uint8Array(given.x.length * 3);
  given.colours.forEach((colour, i) => {
    const hex = sent.palette[colour];
    given.rgb.set(
      [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)),
      3 * i,
    );
  });
  const frame = () => new Promise(requestAnimationFrame);
  try {
    const move = await window.draw(given);
    await frame();
    await frame();
    window.first = performance.now();
    const begin = performance.now();
    let frames = 0;
    for (; performance.now() - begin < 4000; frames++) {
      await move(2 * Math.sin((performance.now() - begin) / 600));
      await frame();
    }
    window.rate = (1000 * frames) / (performance.now() - begin);
  } catch (error) {
    window.failed = String(error);
  }
  document.documentElement.dataset.measured = 'yes';
})();
