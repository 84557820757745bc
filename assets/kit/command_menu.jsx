// Ctrl+K or ⌘K: find a place or an act by typing a few letters of it.
import { useContext, useEffect, useId, useMemo, useRef, useState } from "react";
import { useNavigate } from "react-router";
import { ColorModeContext } from "$/utils/context";

function matches(entries, query) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (entry) => {
    const text = `${entry.group ?? ""} ${entry.label} ${entry.hint ?? ""}`.toLowerCase();
    return words.every((word) => text.includes(word));
  };
  return (entries ?? []).filter(fits).slice(0, 50);
}

function useShortcut(open) {
  useEffect(() => {
    const press = (event) => {
      if (event.key.toLowerCase() !== "k" || !(event.metaKey || event.ctrlKey)) return;
      event.preventDefault();
      open();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, [open]);
}

// A real post, whose answer may set a cookie.
function post(address) {
  const form = document.createElement("form");
  form.method = "post";
  form.action = address;
  document.body.append(form);
  form.submit();
}

export function CommandMenu({ entries, onOpen, label = "Go to", emptyText = "Nothing found.", ref: _outer, ...rest }) {
  const dialog = useRef(null);
  const list = useRef(null);
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const navigate = useNavigate();
  const { setColorMode } = useContext(ColorModeContext);
  const id = useId();
  const found = useMemo(() => matches(entries, query), [entries, query]);
  const open = useRef(() => !dialog.current.open && dialog.current.showModal());
  useShortcut(open.current);
  // A button may open the dialog without our hearing of it, so its own event tells.
  const opened = (event) => event.newState === "open" && onOpen?.();

  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }, [at, query]);

  const reset = () => {
    setQuery("");
    setAt(0);
  };
  const choose = (entry) => {
    if (!entry) return;
    dialog.current.close();
    if (entry.act === "theme") setColorMode(entry.href);
    else if (entry.act === "post") post(entry.href);
    else navigate(entry.href);
  };
  const press = (event) => {
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps && found.length) {
      event.preventDefault();
      setAt((at + steps[event.key] + found.length) % found.length);
    }
    if (event.key === "Enter") choose(found[at]);
  };
  return (
    <dialog
      ref={dialog}
      aria-label={label}
      onClose={reset}
      onToggle={opened}
      onMouseDown={(event) => event.target === dialog.current && dialog.current.close()}
      {...rest}
    >
      <input
        autoFocus
        type="text"
        role="combobox"
        aria-label={label}
        aria-expanded="true"
        aria-controls={`${id}-list`}
        aria-activedescendant={found.length ? `${id}-${at}` : undefined}
        placeholder={label}
        autoComplete="off"
        spellCheck={false}
        value={query}
        onChange={(event) => {
          setQuery(event.target.value);
          setAt(0);
        }}
        onKeyDown={press}
      />
      <div ref={list} id={`${id}-list`} role="listbox" aria-label={label}>
        {found.map((entry, index) => (
          <div
            key={entry.href + entry.label}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === at}
            onMouseMove={() => setAt(index)}
            onClick={() => choose(entry)}
          >
            <span>{entry.label}</span>
            <small>{entry.hint ?? entry.group}</small>
          </div>
        ))}
      </div>
      {!found.length && <p role="status">{emptyText}</p>}
    </dialog>
  );
}
