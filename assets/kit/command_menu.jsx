// Ctrl+K or ⌘K: find a place or an act by typing a few letters of it.
import { useEffect, useId, useMemo, useRef, useState } from "react";
import { useNavigate } from "react-router";

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

export function CommandMenu({ entries, label = "Go to", emptyText = "Nothing found.", ref: _outer, ...rest }) {
  const dialog = useRef(null);
  const list = useRef(null);
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const navigate = useNavigate();
  const id = useId();
  const found = useMemo(() => matches(entries, query), [entries, query]);
  const open = useRef(() => !dialog.current.open && dialog.current.showModal());
  useShortcut(open.current);

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
    navigate(entry.href);
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
