namespace MLPlatform.Server.Console;

/// <summary>Where the web console lies.</summary>
public sealed class ConsoleOptions
{
    /// <summary>The folder that the console's build made. Default: empty, which is <c>console</c> beside the program.</summary>
    public string Folder { get; set; } = "";

    internal string Path => Folder.Length > 0 ? System.IO.Path.GetFullPath(Folder) : System.IO.Path.Combine(AppContext.BaseDirectory, "console");
}
