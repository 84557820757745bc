// A button that opens a list of acts; arrow keys, Home, End, letters and Escape work inside it.
import { Children, useEffect, useId, useRef, useState } from "react";

const items = (panel) => [...panel.querySelectorAll('[role="menuitem"]:not([disabled])')];

function moveFocus(panel, key) {
  const all = items(panel);
  const at = all.indexOf(document.activeElement);
  if (key === "ArrowDown") return all[(at + 1) % all.length];
  if (key === "ArrowUp") return all[(at - 1 + all.length) % all.length];
  if (key === "Home") return all[0];
  if (key === "End") return all.at(-1);
  if (key.length !== 1) return undefined;
  const starts = (item) => item.textContent.trim().toLowerCase().startsWith(key.toLowerCase());
  return [...all.slice(at + 1), ...all.slice(0, at + 1)].find(starts);
}

export function Menu({ label, panelClassName, triggerClassName, children, ref: _outer, ...rest }) {
  const [isOpen, setOpen] = useState(false);
  const root = useRef(null);
  const trigger = useRef(null);
  const panel = useRef(null);
  const id = useId();
  const [face, ...entries] = Children.toArray(children);

  useEffect(() => {
    if (!isOpen) return undefined;
    items(panel.current)[0]?.focus();
    const outside = (event) => !root.current?.contains(event.target) && setOpen(false);
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, [isOpen]);

  const close = () => {
    setOpen(false);
    trigger.current?.focus();
  };
  // The item must stay in the page until the browser has done what it commands (open a dialog), and
  // that dialog gives focus back to whatever has it now.
  const chosen = (event) => {
    if (!event.target.closest('[role="menuitem"]')) return;
    trigger.current?.focus();
    setTimeout(() => setOpen(false));
  };
  const press = (event) => {
    if (event.key === "Escape") return close();
    if (event.key === "Tab") return setOpen(false);
    const target = moveFocus(panel.current, event.key);
    if (target) {
      event.preventDefault();
      target.focus();
    }
    return undefined;
  };
  const pressTrigger = (event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    setOpen(true);
  };
  return (
    <div ref={root} {...rest}>
      <button
        ref={trigger}
        type="button"
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-controls={isOpen ? id : undefined}
        aria-label={label}
        className={triggerClassName}
        onClick={() => setOpen(!isOpen)}
        onKeyDown={pressTrigger}
      >
        {face}
      </button>
      {isOpen && (
        <div
          ref={panel}
          id={id}
          role="menu"
          aria-label={label}
          className={panelClassName}
          onKeyDown={press}
          onClick={chosen}
        >
          {entries}
        </div>
      )}
    </div>
  );
}
