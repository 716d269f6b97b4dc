/// Images and files given by users and tools.
extension Settings {
  public static let mediaDirectory = Setting(
    "media.directory", .path, "media",
    "Folder with the files of media; relative to the data directory. Where several nodes share a database, it must be a "
      + "folder that all of them see.")
  public static let mediaMaxBytes = Setting(
    "media.max_bytes", .integer(1024...1_073_741_824), 20_971_520, "Largest image or file, in bytes.")
  public static let mediaMaxTenantBytes = Setting(
    "media.max_tenant_bytes", .integer(1024...1_125_899_906_842_624), 10_737_418_240,
    "What the images and files of one tenant may take together, in bytes.")
  public static let mediaMaxParts = Setting(
    "media.max_parts", .integer(1...10_000), 100, "Images and files in one message, or in one result of a tool.")
  public static let mediaUnusedRetention = Setting(
    "media.unused_retention", .duration(atLeast: .seconds(60)), .seconds(86_400),
    "How long an image or file is kept that no message refers to.")

  static let media: [AnySetting] = [
    mediaDirectory.erased, mediaMaxBytes.erased, mediaMaxTenantBytes.erased, mediaMaxParts.erased,
    mediaUnusedRetention.erased,
  ]
}
