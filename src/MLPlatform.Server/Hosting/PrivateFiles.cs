namespace MLPlatform.Server.Hosting;

/// <summary>Files and folders that only this user may read.</summary>
internal static class PrivateFiles
{
    public static void CreateFolder(string path)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(path);
        else
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>A file that replaces one that is there.</summary>
    public static FileStream Create(string path)
    {
        File.Delete(path); // Its mode would stay.
        FileStreamOptions forMeAlone = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            forMeAlone.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new FileStream(path, forMeAlone);
    }
}
