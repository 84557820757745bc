// Moving between pages loads no document, so screen readers hear nothing and focus is lost: this
// puts focus on the new page's content and speaks its title.
import { useEffect, useState } from "react";
import { useLocation } from "react-router";

// Every page draws this part anew, so the last path is kept beside it.
let lastPath = null;

// A row of tabs that is wider than a phone begins at its left: bring the one that is shown into view.
function showCurrentParts() {
  for (const current of document.querySelectorAll("main nav [aria-current=page]")) {
    const row = current.closest("nav");
    row.scrollLeft += current.getBoundingClientRect().left - row.getBoundingClientRect().left - 48;
  }
}

export function Arrival({ target = "content", ref: _outer, ...rest }) {
  const { pathname } = useLocation();
  const [title, setTitle] = useState("");
  useEffect(() => showCurrentParts(), [pathname]);
  useEffect(() => {
    const isFirst = lastPath === null;
    const isSame = lastPath?.replace(/\/$/, "") === pathname.replace(/\/$/, "");
    lastPath = pathname;
    if (isFirst || isSame) return undefined;
    const timer = setTimeout(() => {
      const content = document.getElementById(target);
      // A field that the page itself put the focus on, or whoever was quicker, keeps it.
      if (!content?.contains(document.activeElement)) content?.focus({ preventScroll: true });
      setTitle(document.title);
    }, 60);
    return () => clearTimeout(timer);
  }, [pathname, target]);
  return (
    <div role="status" className="sr-only" {...rest}>
      {title}
    </div>
  );
}
