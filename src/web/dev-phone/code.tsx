import { useRef, useState } from 'react';

/** A code in large digits, with a button that copies it. */
export function Code({ code }: { code: string }) {
  const shown = useRef<HTMLElement>(null);
  const [isCopied, setCopied] = useState(false);

  async function copy() {
    if (shown.current && !(await copyByClipboard(code))) copyBySelection(shown.current);
    setCopied(true);
    setTimeout(() => setCopied(false), 2_000);
  }

  return (
    <div className="code">
      <strong ref={shown} dir="ltr">
        {code}
      </strong>
      <button type="button" aria-label={`Copy the code ${code}`} onClick={() => void copy()}>
        {isCopied ? 'Copied' : 'Copy'}
      </button>
      <span className="unseen" role="status">
        {isCopied ? 'Copied' : ''}
      </span>
    </div>
  );
}

async function copyByClipboard(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** Browsers give no clipboard to pages that are loaded from another machine over http. */
function copyBySelection(element: HTMLElement): void {
  getSelection()?.selectAllChildren(element);
  document.execCommand('copy');
}
