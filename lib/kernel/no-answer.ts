/** Of a call that got no answer of the lab's own: no network, or a proxy's word in between. */
export const noAnswer = "The lab did not answer. Check the connection and try again.";
