import { useEffect, useRef } from 'react';

/** The heading of what the page shows, and the title of the tab: “Enter the code · Acme”. */
export function Heading({
  text,
  application,
  takesFocus = false,
}: {
  text: string;
  /** Name of the application; left out where the heading contains it. */
  application?: string;
  /** Whether the heading gets the focus when it appears, because what had it is gone. The steps of the form do without. */
  takesFocus?: boolean;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  const title = application === undefined ? text : `${text} · ${application}`;
  useEffect(() => {
    document.title = title;
  }, [title]);
  useEffect(() => {
    if (takesFocus) heading.current?.focus();
  }, [takesFocus]);
  return (
    <h1 ref={heading} tabIndex={takesFocus ? -1 : undefined}>
      {text}
    </h1>
  );
}
