// Framework looks up the version of each library that its own code can load from a
// content delivery network.  These pages load none of them.  A version in its cache
// is not looked up, so that the dashboard is built without any other host.
import {mkdirSync} from "node:fs";

const libraries = [
  "@observablehq/plot", "@observablehq/sample-datasets", "apache-arrow", "arquero", "d3",
  "d3-dsv", "echarts", "htl", "leaflet", "lodash", "mapbox-gl", "parquet-wasm", "react",
  "react-dom", "topojson-client"
];
for (const library of libraries)
  mkdirSync(`src/.observablehq/cache/_npm/${library}@0.0.0`, {recursive: true});
