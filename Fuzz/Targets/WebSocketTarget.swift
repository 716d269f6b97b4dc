import NIOCore

/// The bytes give the same messages however they are split, and no message exceeds the limit. The first byte selects
/// the split and the side.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzWebSocket(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
  guard size > 1 else { return 0 }
  let input = ByteBuffer(bytes: UnsafeBufferPointer(start: data + 1, count: size - 1))
  let (isServer, takesBinary) = (data[0] & 0x80 != 0, data[0] & 0x40 == 0)
  let limit = data[0] & 0x20 == 0 ? 1 << 16 : 20
  func events(step: Int) -> [WebSocketFrameReader.Event] {
    var reader = WebSocketFrameReader(expectsMask: isServer, acceptsBinary: takesBinary)
    var (rest, found) = (input, [WebSocketFrameReader.Event]())
    while var piece = rest.readSlice(length: min(step, rest.readableBytes)), piece.readableBytes > 0 {
      while let event = reader.next(&piece, maxMessageBytes: limit) {
        found.append(event)
        if case .violation = event { return found }
      }
    }
    return found
  }
  let whole = events(step: .max)
  let cut = events(step: 1 + Int(data[0] & 0x0F))
  guard whole == cut else { fatalError("whole: \(whole); cut: \(cut)") }
  for case .message(let message) in whole {
    guard message.payload.readableBytes <= limit else { fatalError("a message is larger than the limit") }
    guard case .text(let text) = message else { continue }
    guard String(validating: text.readableBytesView, as: UTF8.self) != nil else {
      fatalError("a text message is not UTF-8")
    }
  }
  return 0
}
