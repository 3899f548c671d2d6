/* The pages work without this. It guesses the time zone, and shows while topics are typed
   what they would have sent. Nothing is kept, nothing is sent elsewhere. */
"use strict";

(() => {
  const form = document.querySelector("form[data-trial]");
  if (!form) return;

  const zone = form.elements.namedItem("timezone");
  const guessed = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone && guessed && zone.value === zone.defaultValue && form.dataset.trial === "new") {
    zone.value = guessed;
  }

  const place = document.getElementById("trial");
  const topics = form.elements.namedItem("topics");
  const excluded = form.elements.namedItem("excluded");
  let waiting = 0;
  let asked = null;

  const look = async () => {
    if (asked) asked.abort();
    asked = new AbortController();
    const query = new URLSearchParams({ topics: topics.value, excluded: excluded ? excluded.value : "" });
    try {
      const answer = await fetch("/topics/trial?" + query, { signal: asked.signal });
      if (answer.ok) place.innerHTML = await answer.text();
    } catch (error) {
      if (error.name !== "AbortError") place.textContent = "";
    }
  };

  const soon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(look, 350);
  };
  topics.addEventListener("input", soon);
  if (excluded) excluded.addEventListener("input", soon);

  form.addEventListener("click", (event) => {
    const button = event.target.closest("button[name=add]");
    if (!button) return;
    event.preventDefault();
    const text = topics.value.trimEnd();
    topics.value = text ? text + "\n" + button.value : button.value;
    topics.focus();
    soon();
  });
})();
