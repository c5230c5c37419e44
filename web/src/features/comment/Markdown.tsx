import { Anchor } from "@mantine/core";
import { Fragment, type ReactNode } from "react";
import classes from "./comment.module.css";
import { blocks, type Inline } from "./markdown";

/** What a person wrote, with its links, lists and mentions. */
export function Markdown({ body }: { body: string }) {
  return (
    <div className={classes.text}>
      {blocks(body).map((b, i) => {
        const key = `${b.kind}${i}`;
        switch (b.kind) {
          case "code":
            return <pre key={key}>{b.text}</pre>;
          case "list": {
            const items = b.items.map((item, n) => <li key={n}>{item.map(show)}</li>);
            return b.ordered ? <ol key={key}>{items}</ol> : <ul key={key}>{items}</ul>;
          }
          case "quote":
            return <blockquote key={key}>{lines(b.lines)}</blockquote>;
          case "heading":
            return (
              <p key={key}>
                <strong>{lines(b.lines)}</strong>
              </p>
            );
          default:
            return <p key={key}>{lines(b.lines)}</p>;
        }
      })}
    </div>
  );
}

function lines(all: Inline[][]): ReactNode {
  return all.map((line, i) => (
    <Fragment key={i}>
      {i > 0 && <br />}
      {line.map(show)}
    </Fragment>
  ));
}

function show(part: Inline, i: number): ReactNode {
  switch (part.kind) {
    case "bold":
      return <strong key={i}>{part.text}</strong>;
    case "italic":
      return <em key={i}>{part.text}</em>;
    case "code":
      return <code key={i}>{part.text}</code>;
    case "mention":
      return (
        <span key={i} className={classes.mention}>
          @{part.text}
        </span>
      );
    case "link":
      return (
        <Anchor key={i} href={part.href} target="_blank" rel="noreferrer noopener" inherit underline="always">
          {part.text}
        </Anchor>
      );
    default:
      return <Fragment key={i}>{part.text}</Fragment>;
  }
}
