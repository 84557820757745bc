// Buttons that keep a text: as a file of the person's own, or on paper.
function download(text, name) {
  const address = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}

// Prints the text alone, from a frame of its own, and not the page that it stands on.
function print(text) {
  const frame = document.createElement("iframe");
  frame.hidden = true;
  document.body.append(frame);
  const page = frame.contentDocument;
  const lines = page.createElement("pre");
  lines.textContent = text;
  page.title = document.title;
  page.body.append(lines);
  frame.contentWindow.addEventListener("afterprint", () => frame.remove());
  frame.contentWindow.print();
}

export function SaveText({ text, fileName, prints, children, ref: _outer, ...rest }) {
  const press = () => (prints ? print(text) : download(text, fileName));
  return (
    <button type="button" onClick={press} {...rest}>
      {children}
    </button>
  );
}
