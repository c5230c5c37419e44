import { Anchor, Breadcrumbs, Group, Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import classes from "./PageHeader.module.css";
import { usePageTitle } from "./pageTitle";
import { t } from "./text";

export interface Crumb {
  label: string;
  to: string;
}

/** The one title of a page, what it is about in a line, where it lies, and the acts that concern all of it. */
export function PageHeader({
  title,
  about,
  crumbs,
  badge,
  children,
}: {
  title: string;
  about?: ReactNode;
  crumbs?: Crumb[];
  badge?: ReactNode;
  children?: ReactNode;
}) {
  usePageTitle(title);
  return (
    <header className={classes.header}>
      <div className={classes.words}>
        {crumbs && crumbs.length > 0 && (
          <nav aria-label={t("breadcrumbs")}>
            <Breadcrumbs separatorMargin={6} fz="xs">
              {crumbs.map((c) => (
                <Anchor key={c.to} component={Link} to={c.to} fz="xs">
                  {c.label}
                </Anchor>
              ))}
            </Breadcrumbs>
          </nav>
        )}
        <Group gap="xs" wrap="wrap">
          <Title order={1}>{title}</Title>
          {badge}
        </Group>
        {about && (
          <Text size="sm" c="dimmed" maw={760}>
            {about}
          </Text>
        )}
      </div>
      {children && (
        <Group gap="xs" className={classes.acts}>
          {children}
        </Group>
      )}
    </header>
  );
}
