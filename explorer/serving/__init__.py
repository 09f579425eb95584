"""The dashboards as a server: Voila, the processes of its pages, and who gets one."""
