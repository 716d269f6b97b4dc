/// Any bytes give an error or a zone in which every time has a local time that maps back to it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzZone(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
  guard let zone = try? ZoneFile(bytes: Array(UnsafeBufferPointer(start: data, count: size))) else { return 0 }
  guard zip(zone.transitions, zone.transitions.dropFirst()).allSatisfy({ $0 < $1 }) else {
    fatalError("the transitions do not ascend")
  }
  let fixed: [Int64] = [.min, -(1 << 55), -(1 << 54), -1, 0, 951_782_400, 1_700_000_000, 1 << 54, 1 << 55, .max]
  let moments = fixed + zone.transitions.prefix(64).flatMap { [$0 &- 1, $0] }
  for moment in moments {
    let offset = zone.offset(at: moment)
    // Valid files have -25 to 26 hours (RFC 9636, section 3.2); nothing may come near to an overflow.
    guard abs(offset.secondsFromUTC) < 168 * 3_600 else { fatalError("\(offset) is no offset of a clock") }
    // Times further away are clamped.
    guard moment.magnitude <= 1 << 54 else { continue }
    let back = zone.moments(ofLocalTime: moment + offset.secondsFromUTC)
    guard back.contains(moment), back == back.sorted(), Set(back).count == back.count else {
      fatalError("\(moment) is not among \(back)")
    }
  }
  return 0
}
