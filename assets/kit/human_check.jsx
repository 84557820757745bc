// Cloudflare Turnstile, drawn by its own script; it adds a field to the form around it. An answer is
// good once, so a new `round` asks for another.
import { createElement, useEffect, useRef, useState } from "react";

const SCRIPT = "https://challenges.cloudflare.com/turnstile/v0/api.js?render=explicit";
let loading = null;

function load() {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = SCRIPT;
    script.async = true;
    script.onload = () => resolve(window.turnstile);
    script.onerror = () => {
      loading = null;
      script.remove();
      reject(new Error("Turnstile did not load."));
    };
    document.head.append(script);
  });
  return loading;
}

export function HumanCheck({ siteKey, round, children, className }) {
  const box = useRef(null);
  const widget = useRef(null);
  const [hasFailed, setFailed] = useState(false);
  useEffect(() => {
    let isGone = false;
    const options = { sitekey: siteKey, size: "flexible", "error-callback": () => setFailed(true) };
    load()
      .then((turnstile) => {
        if (isGone) return;
        setFailed(false);
        widget.current = turnstile.render(box.current, options);
      })
      .catch(() => isGone || setFailed(true));
    return () => {
      isGone = true;
      if (widget.current !== null) window.turnstile?.remove(widget.current);
      widget.current = null;
    };
  }, [siteKey]);
  useEffect(() => {
    if (round && widget.current !== null) window.turnstile?.reset(widget.current);
  }, [round]);
  return createElement(
    "div",
    { className },
    createElement("div", { ref: box }),
    createElement("div", { role: "status", className: "empty:hidden" }, hasFailed ? children : null),
  );
}
