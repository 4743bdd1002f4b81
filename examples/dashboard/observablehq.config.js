// Everything that the pages need comes from node_modules: neither the build nor the
// browser loads anything from another host.
export default {
  title: "Partner Center analytics",
  root: "src",
  pages: [],
  sidebar: false,
  toc: false,
  pager: false,
  search: false,
  footer: "",
  globalStylesheets: [],
  theme: ["air", "wide"],
};
