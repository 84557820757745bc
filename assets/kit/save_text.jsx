// Buttons that keep a text: as a file of the person's own, or on paper.
function download(text, name) {
  const address = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}

export function SaveText({ text, fileName, prints, children, ref: _outer, ...rest }) {
  const press = () => (prints ? window.print() : download(text, fileName));
  return (
    <button type="button" onClick={press} {...rest}>
      {children}
    </button>
  );
}
