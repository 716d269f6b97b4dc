/// A stream gives the same events however it is split; the first byte selects the split.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzSSE(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
  guard size > 1 else { return 0 }
  let bytes = Array(UnsafeBufferPointer(start: data + 1, count: size - 1))
  let step = 1 + Int(data[0] & 0x0F)
  let limit = data[0] & 0x80 == 0 ? 1 << 20 : 64
  var (whole, cut) = (SSEDecoder(eventLimit: limit), SSEDecoder(eventLimit: limit))
  let expected = try? whole.push(bytes)
  var events: [SSEEvent]? = []
  for start in stride(from: 0, to: bytes.count, by: step) where events != nil {
    guard let more = try? cut.push(Array(bytes[start..<min(start + step, bytes.count)])) else {
      events = nil
      break
    }
    events? += more
  }
  guard events == expected else {
    fatalError("cut by \(step): \(String(describing: events)); whole: \(String(describing: expected))")
  }
  for event in events ?? [] where event.data.utf8.count > 3 * limit {
    fatalError("an event is larger than the limit allows")
  }
  return 0
}
