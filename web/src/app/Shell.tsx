import { ActionIcon, Drawer, Tooltip } from "@mantine/core";
import { useDisclosure, useMediaQuery, useNetwork } from "@mantine/hooks";
import {
  IconLayoutSidebarLeftCollapse,
  IconLayoutSidebarLeftExpand,
  IconMenu2,
  IconWifiOff,
} from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { Link, Outlet, useLocation } from "@tanstack/react-router";
import { useEffect } from "react";
import { followLive, useLiveState } from "@/api/live";
import { SlotProvider } from "@/components/Slot";
import { InboxButton } from "@/features/notify/InboxButton";
import { useStored } from "@/lib/stored";
import { MeMenu } from "./MeMenu";
import { alsoOf, areas } from "./nav";
import { RunningJobs } from "./RunningJobs";
import { recordParts } from "./recordParts";
import { SearchButton } from "./Search";
import classes from "./Shell.module.css";
import { t } from "./text";
import { UnitSwitcher } from "./UnitSwitcher";

/** The frame around every page: areas on the left, scope, search, running work and the reader on top. */
export function Shell() {
  const client = useQueryClient();
  const phone = useMediaQuery("(max-width: 48em)", undefined, { getInitialValueInEffect: false }) ?? false;
  const [narrow, setNarrow] = useStored("nav.narrow", false);
  const [sheet, { open, close }] = useDisclosure(false);
  const { pathname } = useLocation();
  const { online } = useNetwork();
  const live = useLiveState();

  useEffect(() => followLive(client), [client]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new page closes the sheet
  useEffect(close, [pathname]);

  return (
    <div className={classes.frame}>
      <a href="#main" className="skip">
        {t("skip")}
      </a>
      {!phone && (
        <div className={classes.nav} data-narrow={narrow || undefined}>
          <Brand narrow={narrow} />
          <Areas narrow={narrow} />
          <div className={classes.foot}>
            <Tooltip label={narrow ? t("nav.expand") : t("nav.collapse")} position="right">
              <ActionIcon aria-label={narrow ? t("nav.expand") : t("nav.collapse")} onClick={() => setNarrow(!narrow)}>
                {narrow ? <IconLayoutSidebarLeftExpand size={18} /> : <IconLayoutSidebarLeftCollapse size={18} />}
              </ActionIcon>
            </Tooltip>
          </div>
        </div>
      )}
      <header className={classes.top}>
        {phone && (
          <ActionIcon aria-label={t("nav.open")} aria-expanded={sheet} onClick={open}>
            <IconMenu2 size={20} />
          </ActionIcon>
        )}
        <UnitSwitcher />
        <div className={classes.spring} />
        <SearchButton compact={phone} />
        <RunningJobs />
        <InboxButton />
        <MeMenu />
      </header>
      <main id="main" className={classes.main} tabIndex={-1}>
        <div className={classes.inner}>
          {!online && <Banner text={t("offline")} />}
          {online && live === "lost" && <Banner text={t("live.lost")} />}
          <SlotProvider parts={recordParts}>
            <Outlet />
          </SlotProvider>
        </div>
      </main>
      {phone && (
        <Drawer
          opened={sheet}
          onClose={close}
          position="left"
          size={288}
          title={t("product")}
          className={classes.sheet}
          closeButtonProps={{ "aria-label": t("nav.close") }}
        >
          <Areas narrow={false} />
        </Drawer>
      )}
    </div>
  );
}

function Brand({ narrow }: { narrow: boolean }) {
  return (
    <Link to="/" className={classes.brand} aria-label={t("product")}>
      <img src="/favicon.svg" width={24} height={24} alt="" />
      {!narrow && t("product")}
    </Link>
  );
}

function Areas({ narrow }: { narrow: boolean }) {
  const { pathname } = useLocation();
  return (
    <nav aria-label={t("nav.label")} style={{ flex: 1, minHeight: 0, display: "flex" }}>
      <ul className={classes.areas}>
        {areas.map((area) => {
          const also = alsoOf[area.to]?.some((at) => pathname === at || pathname.startsWith(`${at}/`));
          const link = (
            <Link
              to={area.to}
              {...(also ? { "aria-current": "page" as const } : {})}
              className={classes.area}
              activeOptions={{ exact: area.to === "/", includeSearch: false }}
              aria-label={narrow ? t(area.key) : undefined}
            >
              <area.icon size={18} stroke={1.75} aria-hidden />
              {!narrow && t(area.key)}
            </Link>
          );
          return (
            <li key={area.to}>
              {narrow ? (
                <Tooltip label={t(area.key)} position="right" openDelay={100}>
                  {link}
                </Tooltip>
              ) : (
                link
              )}
            </li>
          );
        })}
      </ul>
    </nav>
  );
}

function Banner({ text }: { text: string }) {
  return (
    <div className={classes.banner} role="status">
      <IconWifiOff size={16} aria-hidden />
      {text}
    </div>
  );
}
