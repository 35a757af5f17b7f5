export { SurfaceLayout as default } from "../surface-layout";
