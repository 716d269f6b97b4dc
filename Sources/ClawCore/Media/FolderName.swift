/// Folder names from user-chosen names.
public enum FolderName {
  /// Keeps `a-z`, `0-9`, `-` and `_`; every other byte becomes `%` and two hex digits, so that names stay distinct and
  /// none leads out of the parent folder.
  public static func text(_ name: String) -> String {
    let digits = Array("0123456789abcdef")
    return name.utf8.reduce(into: "") { text, byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
        UInt8(ascii: "_"):
        text.unicodeScalars.append(Unicode.Scalar(byte))
      default: text += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
      }
    }
  }
}
