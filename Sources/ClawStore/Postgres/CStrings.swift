/// Strings as a NULL-terminated array of C strings.
final class CStrings {
  let pointers: UnsafePointer<UnsafePointer<CChar>?>
  private let buffer: UnsafeMutablePointer<UnsafePointer<CChar>?>
  private let texts: [UnsafeMutablePointer<CChar>]

  init(_ strings: [String]) {
    texts = strings.map { string in
      let bytes = Array(string.utf8CString)
      let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
      copy.initialize(from: bytes, count: bytes.count)
      return copy
    }
    buffer = .allocate(capacity: strings.count + 1)
    for (index, text) in texts.enumerated() { (buffer + index).initialize(to: UnsafePointer(text)) }
    (buffer + strings.count).initialize(to: nil)
    pointers = UnsafePointer(buffer)
  }

  deinit {
    texts.forEach { $0.deallocate() }
    buffer.deallocate()
  }
}
