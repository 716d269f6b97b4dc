/// A parsed document round-trips; anything else gives an error.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzJSON(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: data, count: size))
  guard let value = try? JSONValue(parsing: bytes) else { return 0 }
  let written = value.serialized()
  guard let again = try? JSONValue(parsing: written) else {
    fatalError("what was written can't be read: \(String(decoding: written, as: UTF8.self))")
  }
  guard again == value else { fatalError("read again it is another value: \(value) and \(again)") }
  guard again.serialized() == written else { fatalError("written again it is another text: \(value)") }
  guard let slice = try? JSONValue(parsing: ([0x5B] + bytes + [0x5D])[1...size]), slice == value else {
    fatalError("a slice is read otherwise than an array")
  }
  guard (try? value.decode(JSONValue.self)) == value, (try? JSONValue(encoding: value)) == value else {
    fatalError("through Codable it is another value: \(value)")
  }
  return 0
}
