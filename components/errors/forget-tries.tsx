"use client";

import { useEffect } from "react";
import { forgetOnceWell } from "./tries";

/** A document that was loaded anew does not know by itself that the try did. */
export function ForgetTries() {
  useEffect(forgetOnceWell, []);
  return null;
}
