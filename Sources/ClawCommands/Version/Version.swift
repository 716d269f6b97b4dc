/// The version of this release.
public enum SwiftClawVersion {
  public static let current = "0.1.0"
}
