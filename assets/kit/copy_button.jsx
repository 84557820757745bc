// Copies a text and says so for two seconds, to the eye and to screen readers.
import { useEffect, useRef, useState } from "react";

async function copy(text) {
  if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
  // Plain http on a local network has no clipboard object.
  const area = document.createElement("textarea");
  area.value = text;
  area.style.position = "fixed";
  area.style.opacity = "0";
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
  return undefined;
}

export function CopyButton({ text, label = "Copy", doneLabel = "Copied", children, ref: _outer, ...rest }) {
  const [isDone, setDone] = useState(false);
  const timer = useRef(null);
  useEffect(() => () => clearTimeout(timer.current), []);
  const click = async () => {
    await copy(text);
    setDone(true);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setDone(false), 2000);
  };
  return (
    <button type="button" onClick={click} data-done={isDone || undefined} aria-label={label} {...rest}>
      {children}
      <span role="status" className="sr-only">
        {isDone ? doneLabel : ""}
      </span>
    </button>
  );
}
