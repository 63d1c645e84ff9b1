import { useState } from "preact/hooks";

/** A statement of SQL that mends something, to be copied into the SQL editor. */
export function Statement({ text, label = "Mends it:" }: { text: string; label?: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), 2000);
  };
  return (
    <p class="statement">
      {label && <span class="faint">{label}</span>}
      <code>{text}</code>
      <button type="button" class="quiet" onClick={copy}>{copied ? "Copied" : "Copy"}</button>
    </p>
  );
}
