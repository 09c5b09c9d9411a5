/** Whether the official client takes this for a host: addresses, no names. The URL parser knows IPv6 addresses. */
export function isIpAddress(host: string): boolean {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(host)) {
    return host.split(".").every((part) => Number(part) < 256);
  }
  return host.includes(":") && /^[\da-f:.]+$/i.test(host) &&
    URL.canParse(`http://[${host}]`);
}
