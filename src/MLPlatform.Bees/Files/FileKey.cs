namespace MLPlatform.Bees.Files;

/// <summary>Which file of the machine: unique while the file exists, given to another one after it is deleted.</summary>
public readonly record struct FileKey(ulong Device, ulong Inode);
