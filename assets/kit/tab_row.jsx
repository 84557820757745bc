// A row of tabs is one stop of the keyboard; arrows, Home and End lead from one to the next.
export function TabRow({ children, ref: _outer, ...rest }) {
  const move = (event) => {
    const all = [...event.currentTarget.querySelectorAll("[role=tab]")];
    const at = all.indexOf(document.activeElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    const next = all[(to + all.length) % all.length];
    next.focus();
    next.click();
  };
  return (
    <div role="tablist" onKeyDown={move} {...rest}>
      {children}
    </div>
  );
}
