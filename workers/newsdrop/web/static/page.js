// What the keyboard and the pointer add: the page is whole without it.
//   /  to the search    j, k  next and previous hit    Enter  open it    drag over the bars  choose a span
"use strict";
(() => {
  const typing = (target) => target.closest("input, select, textarea, [contenteditable]") !== null;
  const hits = () => [...document.querySelectorAll(".hits .list > li")];
  let here = -1;

  const goTo = (number) => {
    const all = hits();
    if (all.length === 0) return;
    here = Math.max(0, Math.min(all.length - 1, number));
    all.forEach((hit, at) => hit.classList.toggle("here", at === here));
    const link = all[here].querySelector("a");
    link.focus({ preventScroll: true });
    all[here].scrollIntoView({ block: "nearest" });
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target)) return;
    if (event.key === "/") {
      const field = document.getElementById("q");
      event.preventDefault();
      if (field === null) location.assign("/");
      else { field.focus(); field.select(); }
    } else if (event.key === "j") goTo(here + 1);
    else if (event.key === "k") goTo(here - 1);
  });

  const brush = (chart) => {
    const spans = [...chart.querySelectorAll("rect.span")];
    const at = (event) => spans.findIndex((span) => {
      const box = span.getBoundingClientRect();
      return event.clientX >= box.left && event.clientX < box.right;
    });
    let from = -1;
    let to = -1;
    const show = () => spans.forEach((span, number) =>
      span.classList.toggle("brushed", from >= 0 && number >= Math.min(from, to) && number <= Math.max(from, to)));
    chart.addEventListener("pointerdown", (event) => { if (event.button === 0) from = to = at(event); });
    chart.addEventListener("pointermove", (event) => {
      const now = at(event);
      if (from < 0 || now < 0 || now === to) return;
      to = now;
      show();
    });
    addEventListener("pointerup", () => {
      const [first, last] = [Math.min(from, to), Math.max(from, to)];
      from = -1;
      // One bar alone is a link.
      if (first < 0 || first === last) return;
      const address = new URL(chart.dataset.brush, location.href);
      address.searchParams.set("since", spans[first].dataset.start);
      address.searchParams.set("until", spans[last].dataset.start);
      location.assign(address);
    });
    chart.addEventListener("dragstart", (event) => event.preventDefault());
  };
  document.querySelectorAll("svg[data-brush]").forEach(brush);
})();
