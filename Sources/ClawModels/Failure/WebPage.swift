/// An HTML page received instead of an API response.
struct WebPage: Sendable, Hashable {
  /// The text of the `<title>` element; empty without one.
  let title: String

  /// Nil if the bytes do not begin like HTML.
  init?(_ bytes: [UInt8]) {
    let start = bytes.drop { $0 == 0x20 || (0x09...0x0D).contains($0) }
    guard start.first == UInt8(ascii: "<") else { return nil }
    title = Self.title(in: start.prefix(16_384))
  }

  private static func title(in page: ArraySlice<UInt8>) -> String {
    let lower = page.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
    guard let open = find(Array("<title".utf8), in: lower, from: 0),
      let start = lower[open...].firstIndex(of: UInt8(ascii: ">")),
      let end = find(Array("</title".utf8), in: lower, from: start)
    else { return "" }
    let bytes = Array(page)[(start + 1)..<end]
    return String(decoding: bytes.prefix(512), as: UTF8.self).trimmed
  }

  private static func find(_ word: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
    guard bytes.count >= start + word.count else { return nil }
    return (start...(bytes.count - word.count)).first { bytes[$0..<($0 + word.count)].elementsEqual(word) }
  }
}
