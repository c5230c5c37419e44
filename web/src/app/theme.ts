import { createTheme, type MantineColorsTuple } from "@mantine/core";
import { t } from "@/components/text";

// The one accent: the petrol of deep water. It says "this can be acted on" and never carries a status.
const race: MantineColorsTuple = [
  "#e8f5f8",
  "#d3e8ee",
  "#a6d1dd",
  "#75b8ca",
  "#4da3ba",
  "#3495b0",
  "#1f86a3",
  "#0b6f8a",
  "#065a71",
  "#01485b",
];
const gray: MantineColorsTuple = [
  "#f7f8f9",
  "#f0f2f4",
  "#e5e8eb",
  "#d8dce1",
  "#c2c8cf",
  "#98a1ab",
  "#66707b",
  "#4c555f",
  "#343b43",
  "#1d2228",
];
const dark: MantineColorsTuple = [
  "#dfe3e7",
  "#b9c0c8",
  "#929ba5",
  "#5d6670",
  "#3b424a",
  "#2c3238",
  "#22272c",
  "#191d21",
  "#131619",
  "#0d0f11",
];

const sans = '"Inter Variable", Inter, system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

export const theme = createTheme({
  colors: { race, gray, dark },
  primaryColor: "race",
  primaryShade: 7,
  black: "#1d2228",
  fontFamily: sans,
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, monospace',
  headings: {
    fontFamily: sans,
    fontWeight: "600",
    sizes: {
      h1: { fontSize: "1.25rem", lineHeight: "1.75rem" },
      h2: { fontSize: "1rem", lineHeight: "1.5rem" },
      h3: { fontSize: "0.875rem", lineHeight: "1.25rem" },
    },
  },
  fontSizes: { xs: "0.75rem", sm: "0.8125rem", md: "0.875rem", lg: "1rem", xl: "1.25rem" },
  spacing: { xs: "0.5rem", sm: "0.75rem", md: "1rem", lg: "1.5rem", xl: "2rem" },
  radius: { xs: "4px", sm: "6px", md: "6px", lg: "6px", xl: "6px" },
  defaultRadius: "sm",
  shadows: {
    xs: "none",
    sm: "none",
    md: "0 4px 16px rgb(16 24 32 / 14%), 0 0 1px rgb(16 24 32 / 24%)",
    lg: "0 4px 16px rgb(16 24 32 / 14%), 0 0 1px rgb(16 24 32 / 24%)",
    xl: "0 4px 16px rgb(16 24 32 / 14%), 0 0 1px rgb(16 24 32 / 24%)",
  },
  respectReducedMotion: true,
  cursorType: "pointer",
  // Plain settings, not Component.extend: the theme must not pull every component into the first chunk.
  components: {
    Button: { defaultProps: { size: "sm" } },
    ActionIcon: { defaultProps: { variant: "subtle", color: "gray", size: "lg" } },
    Badge: {
      defaultProps: { variant: "default", radius: "sm" },
      styles: { label: { textTransform: "none", fontWeight: 500 } },
    },
    TextInput: { defaultProps: { size: "sm" } },
    Textarea: { defaultProps: { size: "sm", autosize: true, minRows: 2 } },
    Select: { defaultProps: { size: "sm", checkIconPosition: "right" } },
    Checkbox: { defaultProps: { radius: "xs" } },
    Table: { defaultProps: { verticalSpacing: 6, horizontalSpacing: "sm" } },
    Tabs: { defaultProps: { keepMounted: false } },
    Tooltip: {
      defaultProps: {
        openDelay: 400,
        withArrow: false,
        transitionProps: { duration: 100 },
        events: { hover: true, focus: true, touch: true },
      },
    },
    Menu: { defaultProps: { shadow: "md", transitionProps: { duration: 100 }, position: "bottom-end" } },
    Notification: { defaultProps: { closeButtonProps: { "aria-label": t("close") } } },
    Popover: { defaultProps: { shadow: "md", transitionProps: { duration: 100 } } },
    Modal: {
      styles: { title: { fontWeight: 600, fontSize: "1rem" } },
      defaultProps: { centered: true, transitionProps: { duration: 120 }, overlayProps: { backgroundOpacity: 0.4 } },
    },
    Drawer: {
      defaultProps: {
        position: "right",
        size: "lg",
        transitionProps: { duration: 120 },
        overlayProps: { backgroundOpacity: 0.25 },
      },
    },
  },
});
