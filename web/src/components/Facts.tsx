import type { ReactNode } from "react";
import { Absent } from "./Absent";
import classes from "./Facts.module.css";

/** A record's fields, read only: name on the left, value on the right. */
export function Facts({ items }: { items: [string, ReactNode][] }) {
  return (
    <dl className={classes.facts}>
      {items.map(([name, value]) => (
        <div key={name} className={classes.fact}>
          <dt>{name}</dt>
          <dd>{value === undefined || value === null || value === "" ? <Absent /> : value}</dd>
        </div>
      ))}
    </dl>
  );
}
