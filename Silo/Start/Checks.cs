using System.Data.Common;
using System.Net;
using System.Net.Sockets;
using Weir.Database;

namespace Weir.Silo.Start;

/// <summary>What must hold before a site can start, told in words a person can act on.</summary>
internal static class Checks
{
    /// <param name="port">The port.</param>
    /// <param name="what">What it is for.</param>
    /// <param name="option">What gives another one.</param>
    /// <param name="address">The address; null for 127.0.0.1.</param>
    /// <exception cref="CannotStartException">Something is in use on the port.</exception>
    public static void PortIsFree(int port, string what, string option, IPAddress? address = null)
    {
        address ??= IPAddress.Loopback;
        try
        {
            using var listener = new TcpListener(address, port);
            listener.Start();
        }
        catch (SocketException e)
        {
            throw new CannotStartException(e.SocketErrorCode == SocketError.AddressAlreadyInUse
                ? $"Port {port} of {address}, for {what}, is in use. Stop what uses it, or give another port with {option}."
                : $"Port {port} of {address}, for {what}, cannot be opened ({e.Message}). Give another port with {option}.");
        }
    }

    /// <summary>A port of 127.0.0.1 that nobody listens on just now.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <exception cref="CannotStartException">The program is not on the PATH.</exception>
    public static void ProgramIsThere(string program, string package)
    {
        var folders = Environment.GetEnvironmentVariable("PATH")?.Split(Path.PathSeparator) ?? [];
        if (folders.Any(folder => folder.Length > 0 && File.Exists(Path.Combine(folder, program)))) return;
        throw new CannotStartException(
            $"The program '{program}' is not on the PATH; cameras need it. Install it with: sudo apt-get install {package}");
    }

    /// <exception cref="CannotStartException">There is no model.</exception>
    public static void ModelIsThere(DirectoryInfo models, string model)
    {
        var description = Path.Combine(models.FullName, model, "model.json");
        if (File.Exists(description)) return;
        throw new CannotStartException(
            $"The model '{model}' is missing ('{description}'). ./run.sh makes it; or give the folder of models with --models.");
    }

    /// <summary>Opens the database, which brings it to the newest schema.</summary>
    /// <exception cref="CannotStartException">It cannot be reached, or is of a later version.</exception>
    public static async Task DatabaseOpensAsync(SiteDatabase database, CancellationToken cancellationToken)
    {
        try
        {
            await database.ReadAsync(_ => Task.FromResult(true), cancellationToken);
        }
        catch (DbException e)
        {
            throw new CannotStartException(
                $"The database cannot be used: {e.Message} A server is set by {SiteSettings.Section}:Database:ConnectionString.");
        }
        catch (InvalidOperationException e)
        {
            throw new CannotStartException(e.Message);
        }
    }
}
