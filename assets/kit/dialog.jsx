// The native modal dialog: the browser traps focus, closes on Escape and returns focus to the opener.
import { useEffect, useRef } from "react";

const SUPPORTS_COMMANDS =
  typeof HTMLButtonElement !== "undefined" &&
  "commandForElement" in HTMLButtonElement.prototype;

// Older browsers ignore the `command` attribute of the buttons that open and close dialogs.
function useCommandFallback(ref) {
  useEffect(() => {
    if (SUPPORTS_COMMANDS) return undefined;
    const listen = (event) => {
      const button = event.target.closest?.("button[commandfor]");
      const dialog = ref.current;
      if (!button || !dialog || button.getAttribute("commandfor") !== dialog.id) return;
      if (button.getAttribute("command") === "show-modal") dialog.showModal();
      else dialog.close();
    };
    document.addEventListener("click", listen);
    return () => document.removeEventListener("click", listen);
  }, [ref]);
}

export function Dialog({ isOpen, onClose, children, ref: _outer, ...rest }) {
  const ref = useRef(null);
  useCommandFallback(ref);
  useEffect(() => {
    const dialog = ref.current;
    if (isOpen === undefined || !dialog) return;
    if (isOpen && !dialog.open) dialog.showModal();
    if (!isOpen && dialog.open) dialog.close();
  }, [isOpen]);

  // A click whose target is the dialog itself landed on its backdrop: the content fills the box.
  const closeOnBackdrop = (event) => {
    if (event.target === ref.current) ref.current.close();
  };
  const closed = (event) => {
    if (event.target !== ref.current) return;
    ref.current.querySelectorAll("form").forEach((form) => form.reset());
    onClose?.();
  };
  return (
    <dialog ref={ref} onClose={closed} onMouseDown={closeOnBackdrop} {...rest}>
      {children}
    </dialog>
  );
}
