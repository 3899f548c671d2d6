/* The pages work without this. It guesses the time zone, and shows while topics are typed
   what they would have sent. Nothing is kept, nothing is sent elsewhere. */
"use strict";

(() => {
  const WAIT = 350; // milliseconds after the last letter

  const guessZone = (form) => {
    const zone = form.elements.namedItem("timezone");
    const guessed = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (zone && guessed && zone.value === zone.defaultValue) zone.value = guessed;
  };

  const showTrials = (form) => {
    const place = form.querySelector(".trial");
    const topics = form.elements.namedItem("topics") || form.elements.namedItem("topic");
    const excluded = form.elements.namedItem("excluded");
    const vetoes = excluded && excluded.type !== "checkbox" ? excluded : null;
    let waiting = 0;
    let asked = null;

    const look = async () => {
      if (asked) asked.abort();
      asked = new AbortController();
      const sent = { topics: topics.value, place: place.dataset.place };
      if (vetoes) sent.excluded = vetoes.value;
      const how = { method: "POST", body: new URLSearchParams(sent), signal: asked.signal };
      try {
        const answer = await fetch("/topics/trial", how);
        if (answer.ok) place.innerHTML = await answer.text();
      } catch (error) {
        if (error.name !== "AbortError") place.textContent = "";
      }
    };

    const soon = () => {
      clearTimeout(waiting);
      // What one new exclusion keeps out is known on the server alone.
      const needless = !vetoes && excluded && excluded.checked;
      if (!needless) waiting = setTimeout(look, WAIT);
    };
    topics.addEventListener("input", soon);
    if (vetoes) vetoes.addEventListener("input", soon);

    form.addEventListener("click", (event) => {
      const button = event.target.closest("button[name=add]");
      if (!button) return;
      event.preventDefault();
      const text = topics.value.trimEnd();
      const there = text.split("\n").some((line) => line.trim() === button.value);
      if (!there) topics.value = text ? text + "\n" + button.value : button.value;
      topics.focus();
      soon();
    });
  };

  document.querySelectorAll("form[data-fresh]").forEach(guessZone);
  document.querySelectorAll("form[data-trial]").forEach(showTrials);
})();
