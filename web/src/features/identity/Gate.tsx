import { Text, Title } from "@mantine/core";
import { type ReactNode, useEffect } from "react";
import classes from "./Gate.module.css";

/** The frame of the pages before signing in. */
export function Gate({ title, about, children }: { title: string; about?: string; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Millrace`;
  }, [title]);
  return (
    <main className={classes.gate}>
      <div className={classes.card}>
        <img src="/favicon.svg" width={36} height={36} alt="Millrace" />
        <Title order={1} mt="md">
          {title}
        </Title>
        {about && (
          <Text size="sm" c="dimmed" mt={4}>
            {about}
          </Text>
        )}
        <div className={classes.body}>{children}</div>
      </div>
    </main>
  );
}
