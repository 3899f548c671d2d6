/* Shows the page again when a template, the style, the settings or a topic changed on disk.
   Without scripts, "Look again" does the same. Never while something typed would be lost. */
"use strict";
(() => {
  const { version, watched } = document.currentScript.dataset;
  const changed = document.getElementById("changed");
  let typed = false;
  document.addEventListener("input", () => { typed = true; });

  const look = async () => {
    let pause = 1000;
    try {
      const answer = await fetch(watched, { cache: "no-store" });
      if (answer.ok && (await answer.text()) !== version) {
        if (!typed) { location.reload(); return; }
        changed.hidden = false;
      }
    } catch {
      pause = 5000; // the preview has ended, or is being started again
    }
    setTimeout(look, pause);
  };
  setTimeout(look, 1000);
})();
